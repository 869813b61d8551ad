package dev.tidemark.mongodb;

import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * A database whose indexes compare their keys by {@link KeyOrder}. The library opens a map by its name, and
 * gets the one that is open already.
 */
final class OrderedDatabase extends H2Database {
    /** Of the name that the library gives an index's map. */
    private static final String INFIX = "._index_";

    private final MVStore store;

    /** Takes a store whose indexes are open already: the library's constructor looks for them. */
    OrderedDatabase(String name, MVStore store, CursorRegistry cursors) {
        super(name, store, cursors);
        this.store = store;
    }

    /** Opens the indexes that a store has. */
    static MVStore withIndexes(MVStore store) {
        store.getMapNames().stream().filter(name -> name.contains(INFIX)).forEach(name -> open(store, name));
        return store;
    }

    @Override
    protected Index<Object> openOrCreateUniqueIndex(
            String collection, String index, List<IndexKey> keys, boolean sparse) {
        if (store != null) {
            open(store, getFullCollectionNamespace(collection) + INFIX + index);
        }
        return super.openOrCreateUniqueIndex(collection, index, keys, sparse);
    }

    private static void open(MVStore store, String name) {
        store.openMap(name, new MVMap.Builder<KeyValue, Object>().keyType(new KeyOrder()));
    }
}
