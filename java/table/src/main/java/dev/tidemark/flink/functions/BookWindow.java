package dev.tidemark.flink.functions;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code BOOK_WINDOW(length_ms, state) -> ROW}: what one symbol's book was over the window of its records,
 * which are those of {@link BookState}. A record holds from its event time on; of records with one event
 * time that with the largest sequence does. Before its first record the window is unknown.
 */
public final class BookWindow extends AggregateFunction<RowData, BookStates> {
    @Override
    public BookStates createAccumulator() {
        return new BookStates();
    }

    /**
     * Adds a record.
     *
     * @param states of the window
     * @param lengthMs of the window, which begins at a multiple of it
     * @param state the record
     */
    public void accumulate(BookStates states, Long lengthMs, byte[] state) {
        states.add(lengthMs, state);
    }

    /**
     * Adds the records of other parts of the window.
     *
     * @param states of the window
     * @param others of the same symbol and window
     */
    public void merge(BookStates states, Iterable<BookStates> others) {
        for (BookStates other : others) {
            states.add(other);
        }
    }

    /**
     * Forgets all records.
     *
     * @param states what is emptied
     */
    public void resetAccumulator(BookStates states) {
        states.clear();
    }

    @Override
    public RowData getValue(BookStates states) {
        return new BookSummary(states).row();
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory types) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        InputTypeStrategies.explicit(BookColumns.LONG), InputTypeStrategies.explicit(DataTypes.BYTES())))
                .accumulatorTypeStrategy(TypeStrategies.explicit(BookStates.type(types)))
                .outputTypeStrategy(TypeStrategies.explicit(BookColumns.RESULT))
                .build();
    }
}
