package dev.tidemark.flink.functions;

import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** What the functions of one book's numbers share: exact decimals in, one DOUBLE out. */
public abstract class BookFunction extends ScalarFunction {
    private final List<DataType> arguments;

    /**
     * Makes a function.
     *
     * @param arguments its types
     */
    BookFunction(DataType... arguments) {
        this.arguments = List.of(arguments);
    }

    @Override
    public final TypeInference getTypeInference(DataTypeFactory types) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        arguments.stream().map(InputTypeStrategies::explicit).toArray(ArgumentTypeStrategy[]::new)))
                .outputTypeStrategy(TypeStrategies.explicit(DataTypes.DOUBLE()))
                .build();
    }
}
