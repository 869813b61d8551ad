package dev.tidemark.flink.functions;

import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeStrategy;
import org.apache.flink.table.types.logical.DecimalType;

/** {@code DECIMAL(38, s)}, where {@code s} is the sum of the arguments' scales: that of their product. */
final class DecimalSumType implements TypeStrategy {
    @Override
    public Optional<DataType> inferType(CallContext call) {
        int scale = call.getArgumentDataTypes().stream()
                .mapToInt(argument -> ((DecimalType) argument.getLogicalType()).getScale())
                .sum();
        if (scale > DecimalSum.PRECISION) {
            throw call.newValidationError("%s: expected scales that add up to at most %d, found %s = %d",
                    call.getName(), DecimalSum.PRECISION, call.getArgumentDataTypes(), scale);
        }
        return Optional.of(DataTypes.DECIMAL(DecimalSum.PRECISION, scale).nullable().bridgedTo(DecimalData.class));
    }
}
