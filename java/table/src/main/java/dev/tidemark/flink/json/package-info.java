/**
 * The format {@code flat-json}: reads what the {@code json} format reads, faster where a record is a flat
 * object in the form that our producers write.
 */
package dev.tidemark.flink.json;
