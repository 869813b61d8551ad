package dev.tidemark.flink.mongodb;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * What a writer tells about itself, under Flink's standard names where there is one.
 *
 * @param records {@code numRecordsSend}: documents acknowledged
 * @param bytes {@code numBytesSend}: their size in BSON, without keys
 * @param errors {@code numRecordsSendErrors}: documents given up
 * @param retries {@code batchRetries}: bulks written again
 * @param sendTimeMs {@code currentSendTime}: duration of the last bulk, in milliseconds
 */
record SinkMetrics(Counter records, Counter bytes, Counter errors, Counter retries, AtomicLong sendTimeMs) {
    static SinkMetrics of(SinkWriterMetricGroup group) {
        AtomicLong sendTimeMs = new AtomicLong();
        group.setCurrentSendTimeGauge(sendTimeMs::get);
        return new SinkMetrics(group.getNumRecordsSendCounter(), group.getNumBytesSendCounter(),
                group.getNumRecordsSendErrorsCounter(), group.counter("batchRetries"), sendTimeMs);
    }

    void sent(int documentCount, long byteCount, Duration took) {
        records.inc(documentCount);
        bytes.inc(byteCount);
        sendTimeMs.set(took.toMillis());
    }
}
