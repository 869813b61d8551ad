package dev.tidemark.flink.functions;

import java.util.Arrays;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** What the exact sums share: all but which number a row adds. */
public abstract class DecimalSumFunction extends AggregateFunction<DecimalData, DecimalSum> {
    private final int argumentCount;

    /**
     * Makes a sum over rows of this many decimals.
     *
     * @param argumentCount how many arguments the function has
     */
    DecimalSumFunction(int argumentCount) {
        this.argumentCount = argumentCount;
    }

    @Override
    public final DecimalSum createAccumulator() {
        return new DecimalSum();
    }

    /**
     * Adds partial sums.
     *
     * @param sum what is added to
     * @param others partial sums over other rows of the same group
     */
    public final void merge(DecimalSum sum, Iterable<DecimalSum> others) {
        for (DecimalSum other : others) {
            sum.add(other);
        }
    }

    /**
     * Forgets all rows.
     *
     * @param sum what is emptied
     */
    public final void resetAccumulator(DecimalSum sum) {
        sum.clear();
    }

    /**
     * Returns the exact sum, NULL if no row counted.
     *
     * @throws ArithmeticException if it has more than 38 digits
     */
    @Override
    public final DecimalData getValue(DecimalSum sum) {
        return sum.value();
    }

    @Override
    public final TypeInference getTypeInference(DataTypeFactory types) {
        ArgumentTypeStrategy[] arguments = new ArgumentTypeStrategy[argumentCount];
        Arrays.fill(arguments, new DecimalArgument());
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(arguments))
                .accumulatorTypeStrategy(TypeStrategies.explicit(types.createDataType(DecimalSum.class)))
                .outputTypeStrategy(new DecimalSumType())
                .build();
    }
}
