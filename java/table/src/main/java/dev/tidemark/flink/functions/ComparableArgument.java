package dev.tidemark.flink.functions;

import java.util.Optional;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.utils.DataTypeUtils;

/** Accepts any type whose values have an order, and hands them over as Flink holds them. */
final class ComparableArgument implements ArgumentTypeStrategy {
    @Override
    public Optional<DataType> inferArgumentType(CallContext call, int position, boolean throwOnFailure) {
        DataType type = DataTypeUtils.toInternalDataType(call.getArgumentDataTypes().get(position));
        if (Comparable.class.isAssignableFrom(type.getConversionClass())) {
            return Optional.of(type);
        }
        return call.fail(throwOnFailure,
                "argument %d of %s: expected a number, text, boolean, date or time, found %s",
                position + 1, call.getName(), type);
    }

    @Override
    public Signature.Argument getExpectedArgument(FunctionDefinition function, int position) {
        return Signature.Argument.of("COMPARABLE");
    }
}
