package dev.tidemark.flink.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

class DocumentShapeTest {
    @Test
    void everyColumnButIdIsAField() {
        assertThat(shape("_id", DataTypes.STRING(), 0).fieldColumns()).extracting(Column::name).containsExactly("n");
        assertThat(shape("k", DataTypes.STRING(), 0).fieldColumns()).extracting(Column::name).containsExactly("k", "n");
    }

    @Test
    void idIsTheKeyOrNotThere() {
        String message = "column _id is the document's key: expected PRIMARY KEY (_id) NOT ENFORCED";

        assertThatThrownBy(() -> shape("_id", DataTypes.STRING())).hasMessage(message);
        assertThatThrownBy(() -> shape("_id", DataTypes.STRING(), 0, 1)).hasMessage(message);
    }

    @Test
    void aKeyIsOfPlainTypes() {
        assertThatThrownBy(() -> shape("levels", DataTypes.ARRAY(DataTypes.INT()), 0))
                .isInstanceOf(ValidationException.class)
                .hasMessage("column levels: expected a plain type in the primary key, found ARRAY<INT>");
    }

    @Test
    void aTypeThatBsonLacksIsNamed() {
        assertThatThrownBy(() -> shape("at", DataTypes.TIME(0)))
                .isInstanceOf(ValidationException.class)
                .hasMessage("column at: type TIME(0) has no counterpart in BSON; CAST it");
        assertThatThrownBy(() -> shape("m", DataTypes.ARRAY(DataTypes.MAP(DataTypes.INT(), DataTypes.INT()))))
                .hasMessage("column m: expected a MAP with STRING keys, found MAP<INT, INT>");
    }

    private static DocumentShape shape(String name, DataType type, int... keyColumns) {
        DataType row = DataTypes.ROW(DataTypes.FIELD(name, type), DataTypes.FIELD("n", DataTypes.INT()));
        return new DocumentShape((RowType) row.getLogicalType(), keyColumns);
    }
}
