-- Records that may have missed their window, through one sink.
INSERT INTO late_records_topic
${late}
