/**
 * Aggregate functions that are exact, independent of the order of rows, and cheap for each row.
 *
 * <p>All can be merged, so that the planner may aggregate before the shuffle and in slices of windows. Two
 * runs over the same rows give the same result, live or in batch.
 */
package dev.tidemark.flink.functions;
