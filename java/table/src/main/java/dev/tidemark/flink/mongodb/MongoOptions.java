package dev.tidemark.flink.mongodb;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;

/** The options of the WITH clause, named as in Flink's own MongoDB connector. */
public final class MongoOptions {
    /** How to connect, with credentials and client settings. */
    public static final ConfigOption<String> URI = ConfigOptions.key("uri").stringType().noDefaultValue()
            .withDescription("MongoDB connection string.");

    /** The database. */
    public static final ConfigOption<String> DATABASE = ConfigOptions.key("database").stringType().noDefaultValue()
            .withDescription("Name of the database to write to.");

    /** The collection. */
    public static final ConfigOption<String> COLLECTION =
            ConfigOptions.key("collection").stringType().noDefaultValue()
            .withDescription("Name of the collection to write to.");

    /** Largest bulk. */
    public static final ConfigOption<Integer> MAX_ROWS =
            ConfigOptions.key("sink.buffer-flush.max-rows").intType().defaultValue(1_000)
            .withDescription("Documents that are written at once; -1 for no limit.");

    /** Longest wait. */
    public static final ConfigOption<Duration> INTERVAL =
            ConfigOptions.key("sink.buffer-flush.interval").durationType().defaultValue(Duration.ofSeconds(1))
            .withDescription("How long a row waits for others; 0 for no limit.");

    /** Attempts after the first. */
    public static final ConfigOption<Integer> MAX_RETRIES =
            ConfigOptions.key("sink.max-retries").intType().defaultValue(3)
            .withDescription("How often a bulk is written again after an error that may pass.");

    /** First pause. */
    public static final ConfigOption<Duration> RETRY_INTERVAL =
            ConfigOptions.key("sink.retry.interval").durationType().defaultValue(Duration.ofSeconds(1))
            .withDescription("Pause before the first retry; it doubles with each one, up to a minute.");

    /** What a checkpoint waits for. */
    public static final ConfigOption<DeliveryGuarantee> DELIVERY_GUARANTEE =
            ConfigOptions.key("sink.delivery-guarantee").enumType(DeliveryGuarantee.class)
            .defaultValue(DeliveryGuarantee.AT_LEAST_ONCE)
            .withDescription("at-least-once: a checkpoint waits for all rows before it; none: it does not.");

    private MongoOptions() {
    }
}
