package dev.tidemark.flink.functions;

import java.util.Optional;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** Accepts a DECIMAL of any precision and hands it over as Flink holds it, without a conversion a row. */
final class DecimalArgument implements ArgumentTypeStrategy {
    @Override
    public Optional<DataType> inferArgumentType(CallContext call, int position, boolean throwOnFailure) {
        DataType type = call.getArgumentDataTypes().get(position);
        if (type.getLogicalType().is(LogicalTypeRoot.DECIMAL)) {
            return Optional.of(type.bridgedTo(DecimalData.class));
        }
        return call.fail(throwOnFailure, "argument %d of %s: expected DECIMAL, found %s; add a CAST",
                position + 1, call.getName(), type);
    }

    @Override
    public Signature.Argument getExpectedArgument(FunctionDefinition function, int position) {
        return Signature.Argument.of("DECIMAL");
    }
}
