package dev.tidemark.flink.mongodb;

import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.types.RowKind;

/** The sink as the planner sees it: which changes it takes, and with what parallelism it runs. */
final class MongoTableSink implements DynamicTableSink {
    private final MongoSinkConfig config;
    private final DocumentShape shape;
    private final Integer parallelism;

    MongoTableSink(MongoSinkConfig config, DocumentShape shape, Integer parallelism) {
        this.config = config;
        this.shape = shape;
        this.parallelism = parallelism;
    }

    /** With a key: new versions of rows and deletions, of which the key is enough. Without: new rows only. */
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        if (!shape.hasKey()) {
            return ChangelogMode.insertOnly();
        }
        ChangelogMode.Builder accepted = ChangelogMode.newBuilder().keyOnlyDeletes(true);
        requested.getContainedKinds().stream()
                .filter(kind -> kind != RowKind.UPDATE_BEFORE)
                .forEach(accepted::addContainedKind);
        return accepted.build();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        return SinkV2Provider.of(new MongoSink(config, shape), parallelism);
    }

    @Override
    public DynamicTableSink copy() {
        return new MongoTableSink(config, shape, parallelism);
    }

    @Override
    public String asSummaryString() {
        return config.toString();
    }
}
