package dev.tidemark.flink.mongodb;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/** Makes the sink of a table that says {@code 'connector' = 'mongodb'}; Flink finds it by that name. */
public final class MongoTableFactory implements DynamicTableSinkFactory {
    @Override
    public String factoryIdentifier() {
        return "mongodb";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(MongoOptions.URI, MongoOptions.DATABASE, MongoOptions.COLLECTION);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(MongoOptions.MAX_ROWS, MongoOptions.INTERVAL, MongoOptions.MAX_RETRIES,
                MongoOptions.RETRY_INTERVAL, MongoOptions.DELIVERY_GUARANTEE, FactoryUtil.SINK_PARALLELISM);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        ReadableConfig options = helper.getOptions();
        DocumentShape shape = new DocumentShape(
                (RowType) context.getPhysicalRowDataType().getLogicalType(), context.getPrimaryKeyIndexes());
        return new MongoTableSink(MongoSinkConfig.of(options), shape,
                options.getOptional(FactoryUtil.SINK_PARALLELISM).orElse(null));
    }
}
