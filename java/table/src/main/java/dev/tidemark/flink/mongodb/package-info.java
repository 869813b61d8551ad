/**
 * The SQL sink {@code 'connector' = 'mongodb'}: rows become documents, written in unordered bulks.
 *
 * <p><b>Theory of operation.</b> A table with a primary key is written by it: an insert or an update sets
 * the document's fields and makes the document if it is missing, a delete removes it. Writing a row again
 * changes nothing, so a replay after a failure ends in the same documents. Between two writes only the last
 * row of a key is kept. A table without a primary key is appended to: each row gets a key of its own, made
 * here, so that a repeated bulk cannot append twice; a replay can.
 *
 * <p>Rows leave when enough of them wait, when they have waited long enough, and, unless
 * {@code sink.delivery-guarantee} is {@code none}, before every checkpoint. Rows of one key must come
 * through one subtask. They do for the result of a grouping that determines the key, and whenever this
 * sink's parallelism differs from its input's; in other cases set
 * {@code table.exec.sink.keyed-shuffle = FORCE}.
 */
package dev.tidemark.flink.mongodb;
