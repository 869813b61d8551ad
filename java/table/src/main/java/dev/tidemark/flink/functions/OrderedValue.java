package dev.tidemark.flink.functions;

/** A value and where it stands in the order of its group. Its public fields are its Flink type. */
public final class OrderedValue {
    /** The value as Flink holds it, or null if there is none yet. */
    public Object value;

    /** First key of the order. */
    public long order1;

    /** Second key, for rows that share the first. */
    public long order2;

    /**
     * Compares by both keys, then by value, so that even equal keys leave nothing to chance.
     *
     * @return negative, zero or positive as this stands before, with or after the other
     */
    @SuppressWarnings("unchecked") // Both values are of one column, and its type was checked to be comparable.
    int compare(Object otherValue, long otherOrder1, long otherOrder2) {
        int byFirst = Long.compare(order1, otherOrder1);
        if (byFirst != 0) {
            return byFirst;
        }
        int bySecond = Long.compare(order2, otherOrder2);
        return bySecond != 0 ? bySecond : ((Comparable<Object>) value).compareTo(otherValue);
    }

    void set(Object newValue, long newOrder1, long newOrder2) {
        value = newValue;
        order1 = newOrder1;
        order2 = newOrder2;
    }
}
