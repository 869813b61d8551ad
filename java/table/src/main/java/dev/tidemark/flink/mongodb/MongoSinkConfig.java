package dev.tidemark.flink.mongodb;

import com.mongodb.ConnectionString;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.table.api.ValidationException;

/**
 * Where and how a table is written.
 *
 * @param uri connection string; holds credentials, so it appears in no message
 * @param database name of the database
 * @param collection name of the collection
 * @param maxRows documents in a bulk, -1 for no limit
 * @param interval longest wait of a row, zero for no limit
 * @param maxRetries attempts after the first
 * @param retryInterval pause before the first retry
 * @param guarantee whether a checkpoint waits for the rows before it
 */
record MongoSinkConfig(
        String uri,
        String database,
        String collection,
        int maxRows,
        Duration interval,
        int maxRetries,
        Duration retryInterval,
        DeliveryGuarantee guarantee) implements Serializable {

    /**
     * Checks the values.
     *
     * @throws ValidationException naming the first option that cannot be used
     */
    MongoSinkConfig {
        check(maxRows > 0 || maxRows == -1, MongoOptions.MAX_ROWS.key(), "a positive number or -1", maxRows);
        check(!interval.isNegative(), MongoOptions.INTERVAL.key(), "a duration of at least 0", interval);
        check(maxRetries >= 0, MongoOptions.MAX_RETRIES.key(), "a number of at least 0", maxRetries);
        check(!retryInterval.isNegative(), MongoOptions.RETRY_INTERVAL.key(), "a duration of at least 0",
                retryInterval);
        check(guarantee != DeliveryGuarantee.EXACTLY_ONCE, MongoOptions.DELIVERY_GUARANTEE.key(),
                "at-least-once (exact in effect, with a primary key) or none", guarantee);
        boolean acknowledged = isAcknowledged(uri);
        check(acknowledged || guarantee == DeliveryGuarantee.NONE, MongoOptions.URI.key(),
                "acknowledged writes for " + guarantee, "w=0");
    }

    static MongoSinkConfig of(ReadableConfig options) {
        return new MongoSinkConfig(
                options.get(MongoOptions.URI),
                options.get(MongoOptions.DATABASE),
                options.get(MongoOptions.COLLECTION),
                options.get(MongoOptions.MAX_ROWS),
                options.get(MongoOptions.INTERVAL),
                options.get(MongoOptions.MAX_RETRIES),
                options.get(MongoOptions.RETRY_INTERVAL),
                options.get(MongoOptions.DELIVERY_GUARANTEE));
    }

    /** Returns {@code database.collection}, as MongoDB writes it. */
    String namespace() {
        return database + "." + collection;
    }

    private static boolean isAcknowledged(String uri) {
        try {
            var concern = new ConnectionString(uri).getWriteConcern();
            return concern == null || concern.isAcknowledged();
        } catch (IllegalArgumentException e) {
            throw new ValidationException("option 'uri': expected a MongoDB connection string; " + e.getMessage(), e);
        }
    }

    private static void check(boolean holds, String option, String expected, Object found) {
        if (!holds) {
            throw new ValidationException("option '" + option + "': expected " + expected + ", found " + found);
        }
    }

    @Override
    public String toString() {
        return "mongodb " + namespace();
    }
}
