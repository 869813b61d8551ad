package dev.tidemark.mongodb;

import de.bwaldvogel.mongo.backend.KeyValue;
import org.h2.mvstore.type.ObjectDataType;

/**
 * Order of an index's keys: that of their serialized forms, as H2 keeps them in its file, but of keys that are
 * one short ASCII text without making those forms. They differ in the text's length, then in its characters;
 * to serialize both for each comparison was more than half of the time of an upsert by {@code _id}.
 */
final class KeyOrder extends ObjectDataType {
    private static final int MAX_LENGTH = 0xFFFF;
    private static final int MAX_ASCII = 0x7F;

    @Override
    public int compare(Object one, Object other) {
        String text = text(one);
        String otherText = text == null ? null : text(other);
        if (otherText == null) {
            return super.compare(one, other);
        }
        int byLength = Integer.compare(text.length(), otherText.length());
        return byLength != 0 ? byLength : text.compareTo(otherText);
    }

    private static String text(Object key) {
        if (!(key instanceof KeyValue value) || value.size() != 1 || !(value.get(0) instanceof String text)) {
            return null;
        }
        return text.length() <= MAX_LENGTH && isAscii(text) ? text : null;
    }

    private static boolean isAscii(String text) {
        for (int index = 0; index < text.length(); index++) {
            // NUL is two bytes in a serialized form.
            if (text.charAt(index) == 0 || text.charAt(index) > MAX_ASCII) {
                return false;
            }
        }
        return true;
    }
}
