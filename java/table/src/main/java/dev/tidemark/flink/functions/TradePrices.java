package dev.tidemark.flink.functions;

import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code TRADE_PRICES(event_time_ms, price) -> ARRAY<BIGINT>}: time and price, scaled by 10<sup>8</sup>, of
 * each trade, in any order; for {@link EffectiveSpread}.
 */
public final class TradePrices extends AggregateFunction<ArrayData, Pairs> {
    @Override
    public Pairs createAccumulator() {
        return new Pairs();
    }

    /**
     * Adds a trade; without a price it does not count.
     *
     * @param trades of the group
     * @param eventTimeMs of the trade
     * @param price of the trade, or null
     */
    public void accumulate(Pairs trades, Long eventTimeMs, DecimalData price) {
        if (price != null) {
            trades.add(eventTimeMs, price.toUnscaledLong());
        }
    }

    /**
     * Adds the trades of other parts of the group.
     *
     * @param trades of the group
     * @param others of the same group
     */
    public void merge(Pairs trades, Iterable<Pairs> others) {
        for (Pairs other : others) {
            trades.addAll(other);
        }
    }

    /**
     * Forgets all trades.
     *
     * @param trades what is emptied
     */
    public void resetAccumulator(Pairs trades) {
        trades.count = 0;
    }

    @Override
    public ArrayData getValue(Pairs trades) {
        return new GenericArrayData(trades.toArray());
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory types) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        InputTypeStrategies.explicit(BookColumns.LONG), InputTypeStrategies.explicit(BookColumns.PRICE)))
                .accumulatorTypeStrategy(TypeStrategies.explicit(types.createDataType(Pairs.class)))
                .outputTypeStrategy(TypeStrategies.explicit(BookColumns.PAIRS))
                .build();
    }
}
