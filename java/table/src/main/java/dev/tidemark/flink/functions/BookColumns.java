package dev.tidemark.flink.functions;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;

/** Types of the columns that {@link BookWindow} takes and gives. */
final class BookColumns {
    static final int PRICE_PRECISION = 18;
    static final int PRICE_SCALE = 8;

    /** Basis points and imbalances: at most five digits before the point. */
    static final int RATIO_PRECISION = 18;

    static final DataType LONG = DataTypes.BIGINT();
    static final DataType FLAG = DataTypes.BOOLEAN();
    static final DataType PRICE = DataTypes.DECIMAL(PRICE_PRECISION, PRICE_SCALE).bridgedTo(DecimalData.class);
    static final DataType SIZE = DataTypes.DECIMAL(DecimalSum.PRECISION, PRICE_SCALE).bridgedTo(DecimalData.class);

    /** Depths are passed through and never computed with, so they stay text. */
    static final DataType DEPTH = DataTypes.STRING().bridgedTo(StringData.class);

    /** Pairs of longs, one after the other. */
    static final DataType PAIRS = DataTypes.ARRAY(DataTypes.BIGINT().notNull()).bridgedTo(ArrayData.class);

    private static final DataType RATIO = DataTypes.DECIMAL(RATIO_PRECISION, Ratio.SCALE)
            .bridgedTo(DecimalData.class);
    private static final DataType RATIO_SUM = DataTypes.DECIMAL(DecimalSum.PRECISION, Ratio.SCALE)
            .bridgedTo(DecimalData.class);

    /** What is told of a window; {@code mids} are time and bid + ask of each state that held. */
    static final DataType RESULT = DataTypes.ROW(
            DataTypes.FIELD("mids", PAIRS),
            DataTypes.FIELD("synced_ms", LONG),
            DataTypes.FIELD("update_count", LONG),
            DataTypes.FIELD("resyncs", LONG),
            DataTypes.FIELD("max_quote_age_ms", LONG),
            DataTypes.FIELD("spread_sum", SIZE),
            DataTypes.FIELD("spread_min", PRICE),
            DataTypes.FIELD("spread_max", PRICE),
            DataTypes.FIELD("spread_last", PRICE),
            DataTypes.FIELD("spread_bps_sum", RATIO_SUM),
            DataTypes.FIELD("spread_bps_min", RATIO),
            DataTypes.FIELD("spread_bps_max", RATIO),
            DataTypes.FIELD("spread_bps_last", RATIO),
            DataTypes.FIELD("obi_1_sum", RATIO_SUM),
            DataTypes.FIELD("obi_1_ms", LONG),
            DataTypes.FIELD("obi_1_last", RATIO),
            DataTypes.FIELD("obi_5_sum", RATIO_SUM),
            DataTypes.FIELD("obi_5_ms", LONG),
            DataTypes.FIELD("obi_5_last", RATIO),
            DataTypes.FIELD("obi_20_sum", RATIO_SUM),
            DataTypes.FIELD("obi_20_ms", LONG),
            DataTypes.FIELD("obi_20_last", RATIO),
            DataTypes.FIELD("mid_last", DataTypes.DOUBLE()),
            DataTypes.FIELD("microprice_last", DataTypes.DOUBLE()),
            DataTypes.FIELD("bid_depth_quote_10_bps", DEPTH),
            DataTypes.FIELD("bid_depth_quote_25_bps", DEPTH),
            DataTypes.FIELD("bid_depth_quote_50_bps", DEPTH),
            DataTypes.FIELD("ask_depth_quote_10_bps", DEPTH),
            DataTypes.FIELD("ask_depth_quote_25_bps", DEPTH),
            DataTypes.FIELD("ask_depth_quote_50_bps", DEPTH)).bridgedTo(RowData.class);

    private BookColumns() {
    }
}
