/**
 * The document store of the local stack: the MongoDB wire protocol over one file.
 *
 * <p>It stands in for MongoDB on a laptop and in tests. What it lacks (transactions, change streams,
 * authentication, secondary indexes) the product does not use or does not rely on.
 */
package dev.tidemark.mongodb;
