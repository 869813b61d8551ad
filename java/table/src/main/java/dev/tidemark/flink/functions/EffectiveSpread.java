package dev.tidemark.flink.functions;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code EFFECTIVE_SPREAD(mids, trades) -> ROW<bps_sum, quoted_trade_count>}: what the trades of a window
 * paid against the mid as it was known at their time, in basis points. {@code mids} are those of
 * {@link BookWindow}, or NULL if the book has no record; {@code trades} those of {@link TradePrices}.
 */
public final class EffectiveSpread extends ScalarFunction {
    private static final int WIDTH = 2;
    private static final DataType RESULT = DataTypes.ROW(
            DataTypes.FIELD("bps_sum", DataTypes.DECIMAL(DecimalSum.PRECISION, Ratio.SCALE)
                    .bridgedTo(DecimalData.class)),
            DataTypes.FIELD("quoted_trade_count", DataTypes.BIGINT())).bridgedTo(RowData.class);

    /**
     * Sums over the trades at whose time the mid was known.
     *
     * @param mids time and bid + ask of each state of the book, by time
     * @param trades time and price of each trade
     */
    public RowData eval(ArrayData mids, ArrayData trades) {
        DecimalSum sum = new DecimalSum();
        long quoted = 0;
        for (int trade = 0; trade < trades.size(); trade += WIDTH) {
            long doubleMid = mids == null ? TimedRecords.UNKNOWN : doubleMidAt(mids, trades.getLong(trade));
            if (doubleMid != TimedRecords.UNKNOWN) {
                sum.add(Ratio.effectiveSpreadBps(trades.getLong(trade + 1), doubleMid), Ratio.SCALE);
                quoted++;
            }
        }
        return GenericRowData.of(sum.value(), quoted);
    }

    /** Returns what the last state up to an instant says, found by halving. */
    private static long doubleMidAt(ArrayData mids, long timeMs) {
        int low = 0;
        int high = mids.size() / WIDTH;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (mids.getLong(middle * WIDTH) <= timeMs) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? TimedRecords.UNKNOWN : mids.getLong((low - 1) * WIDTH + 1);
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory types) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        InputTypeStrategies.explicit(BookColumns.PAIRS), InputTypeStrategies.explicit(BookColumns.PAIRS)))
                .outputTypeStrategy(TypeStrategies.explicit(RESULT))
                .build();
    }
}
