package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.junit.jupiter.api.Test;

class ValueByOrderTest {
    private record Row(Object value, Long order1, Long order2) {
    }

    @Test
    void theSecondKeyDecidesWhereTheFirstIsShared() {
        List<Row> rows = List.of(new Row("b", 10L, 2L), new Row("c", 10L, 3L), new Row("a", 10L, 1L));

        assertThat(value(new FirstBy(), rows)).isEqualTo("a");
        assertThat(value(new LastBy(), rows)).isEqualTo("c");
    }

    @Test
    void neitherArrivalNorPartitionMatters() {
        List<Row> rows = new ArrayList<>();
        for (long i = 0; i < 30; i++) {
            rows.add(new Row(100 - i, i / 3, i % 3));
        }
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            Collections.shuffle(rows, random);
            int cut = random.nextInt(rows.size());

            assertThat(merged(new FirstBy(), rows, cut)).isEqualTo(100L);
            assertThat(merged(new LastBy(), rows, cut)).isEqualTo(71L);
        }
    }

    @Test
    void equalKeysAreDecidedByTheValue() {
        List<Row> rows = List.of(new Row(2, 0L, 0L), new Row(1, 0L, 0L), new Row(3, 0L, 0L));

        assertThat(value(new FirstBy(), rows)).isEqualTo(1);
        assertThat(value(new LastBy(), rows)).isEqualTo(3);
    }

    @Test
    void aRowWithANullDoesNotCount() {
        List<Row> rows = List.of(new Row(null, 0L, 0L), new Row(1, null, 0L), new Row(1, 0L, null));

        assertThat(value(new FirstBy(), rows)).isNull();
        assertThat(value(new LastBy(), rows)).isNull();
    }

    @Test
    void aStringOutlivesTheRowThatBroughtIt() {
        byte[] memory = "buy".getBytes(StandardCharsets.UTF_8);
        LastBy function = new LastBy();
        OrderedValue kept = function.createAccumulator();
        function.accumulate(kept, BinaryStringData.fromAddress(
                new MemorySegment[] {MemorySegmentFactory.wrap(memory)}, 0, 3), 1L, 1L);
        memory[0] = 'x';

        assertThat(function.getValue(kept)).hasToString("buy");
    }

    private static OrderedValue kept(ValueByOrder function, List<Row> rows) {
        OrderedValue kept = function.createAccumulator();
        rows.forEach(row -> function.accumulate(kept, row.value(), row.order1(), row.order2()));
        return kept;
    }

    private static Object value(ValueByOrder function, List<Row> rows) {
        return function.getValue(kept(function, rows));
    }

    private static Object merged(ValueByOrder function, List<Row> rows, int cut) {
        OrderedValue all = kept(function, rows.subList(0, cut));
        function.merge(all, List.of(kept(function, rows.subList(cut, rows.size())), function.createAccumulator()));
        return function.getValue(all);
    }
}
