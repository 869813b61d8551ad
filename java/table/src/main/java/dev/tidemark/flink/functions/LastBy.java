package dev.tidemark.flink.functions;

/**
 * {@code LAST_BY(value T, order1 BIGINT, order2 BIGINT) -> T}: the value of the row that comes last by
 * both keys, whatever the order of arrival; NULL if no row is free of NULLs.
 */
public final class LastBy extends ValueByOrder {
    @Override
    boolean replaces(int comparison) {
        return comparison > 0;
    }
}
