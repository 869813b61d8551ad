package dev.tidemark.mongodb;

import static org.assertj.core.api.Assertions.assertThat;

import de.bwaldvogel.mongo.backend.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.h2.mvstore.type.ObjectDataType;
import org.junit.jupiter.api.Test;

class KeyOrderTest {
    private final Random random = new Random(11);

    @Test
    void keysAreInTheOrderOfTheirSerializedForms() {
        List<KeyValue> keys = new ArrayList<>(List.of(
                new KeyValue(1.5), new KeyValue("a", "b"), new KeyValue(true), new KeyValue("\u00e9"),
                new KeyValue("\0"), new KeyValue(""), new KeyValue("\u20ac10"),
                new KeyValue("x".repeat(70_000))));
        for (int n = 0; n < 60; n++) {
            keys.add(new KeyValue(text()));
        }
        ObjectDataType serialized = new ObjectDataType();
        KeyOrder order = new KeyOrder();
        for (KeyValue one : keys) {
            for (KeyValue other : keys) {
                assertThat(Integer.signum(order.compare(one, other)))
                        .as("%s and %s", one, other)
                        .isEqualTo(Integer.signum(serialized.compare(one, other)));
            }
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder("m|");
        int length = random.nextInt(5);
        for (int n = 0; n < length; n++) {
            text.append((char) (1 + random.nextInt(127)));
        }
        return text.toString();
    }
}
