package dev.tidemark.flink.functions;

import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;

/** What FIRST_BY and LAST_BY share: all but which end of the order they keep. */
public abstract class ValueByOrder extends AggregateFunction<Object, OrderedValue> {
    /**
     * Tells which of two rows is kept.
     *
     * @param comparison of the candidate with what is kept so far: negative if it stands before
     * @return whether the candidate replaces it
     */
    abstract boolean replaces(int comparison);

    @Override
    public final OrderedValue createAccumulator() {
        return new OrderedValue();
    }

    /**
     * Considers a row; one with a NULL anywhere does not count.
     *
     * @param kept the group's value so far
     * @param value the row's value
     * @param order1 first key of the order
     * @param order2 second key
     */
    public final void accumulate(OrderedValue kept, Object value, Long order1, Long order2) {
        if (value != null && order1 != null && order2 != null) {
            offer(kept, value, order1, order2);
        }
    }

    /**
     * Considers what other parts of the group kept.
     *
     * @param kept the group's value so far
     * @param others values of other rows of the same group
     */
    public final void merge(OrderedValue kept, Iterable<OrderedValue> others) {
        for (OrderedValue other : others) {
            if (other.value != null) {
                offer(kept, other.value, other.order1, other.order2);
            }
        }
    }

    /**
     * Forgets all rows.
     *
     * @param kept what is emptied
     */
    public final void resetAccumulator(OrderedValue kept) {
        kept.set(null, 0, 0);
    }

    @Override
    public final Object getValue(OrderedValue kept) {
        return kept.value;
    }

    private void offer(OrderedValue kept, Object value, long order1, long order2) {
        if (kept.value == null || replaces(-kept.compare(value, order1, order2))) {
            // Flink reuses the memory behind a row's strings for the next row.
            kept.set(value instanceof BinaryStringData text ? text.copy() : value, order1, order2);
        }
    }

    @Override
    public final TypeInference getTypeInference(DataTypeFactory types) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        new ComparableArgument(),
                        InputTypeStrategies.explicit(DataTypes.BIGINT()),
                        InputTypeStrategies.explicit(DataTypes.BIGINT())))
                .accumulatorTypeStrategy(ValueByOrder::accumulatorType)
                .outputTypeStrategy(call -> Optional.of(valueType(call)))
                .build();
    }

    private static DataType valueType(CallContext call) {
        return call.getArgumentDataTypes().get(0).nullable();
    }

    private static Optional<DataType> accumulatorType(CallContext call) {
        DataType order = DataTypes.BIGINT().notNull().bridgedTo(long.class);
        return Optional.of(DataTypes.STRUCTURED(OrderedValue.class,
                DataTypes.FIELD("value", valueType(call)),
                DataTypes.FIELD("order1", order),
                DataTypes.FIELD("order2", order)));
    }
}
