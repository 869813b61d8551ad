package dev.tidemark.mongodb;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * The H2 backend, made to keep what it acknowledges and to greet drivers of today.
 *
 * <p>Four things are added. A write command is committed to the file before it is answered, so that a
 * killed process loses nothing acknowledged. {@code hello}, with the version that drivers ask for, is
 * answered: the library itself knows only its predecessor. Indexes compare their keys quickly. And a file
 * that has failed, as on a full disk, is reported: H2 closes it then, and would refuse everything for ever.
 */
final class DurableBackend extends H2Backend {
    private static final Set<String> WRITES = Set.of(
            "insert", "update", "delete", "findAndModify", "findandmodify", "aggregate", "create",
            "createIndexes", "drop", "dropDatabase", "dropIndexes", "renameCollection");

    private final boolean durable;
    private final Consumer<RuntimeException> onFailedFile;

    DurableBackend(MVStore store, Consumer<RuntimeException> onFailedFile) {
        super(OrderedDatabase.withIndexes(store));
        durable = !isInMemory();
        this.onFailedFile = onFailedFile;
        version(new Mongo7());
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
        return new OrderedDatabase(name, getMvStore(), getCursorRegistry());
    }

    @Override
    public Document handleMessage(MongoMessage message) {
        try {
            return answer(message);
        } catch (MVStoreException e) {
            if (getMvStore().isClosed()) {
                onFailedFile.accept(e);
            }
            throw e;
        }
    }

    private Document answer(MongoMessage message) {
        String command = message.getDocument().keySet().iterator().next();
        if (command.equals("hello")) {
            return hello(message);
        }
        try {
            return super.handleMessage(message);
        } finally {
            // Also after a failure: an unordered bulk keeps the statements that succeeded.
            if (durable && WRITES.contains(command)) {
                commit();
            }
        }
    }

    private Document hello(MongoMessage message) {
        Document legacy = new Document("isMaster", 1);
        legacy.put("$db", message.getDocument().get("$db"));
        Document answer = super.handleMessage(new MongoMessage(message.getChannel(), message.getHeader(), legacy));
        answer.put("isWritablePrimary", true);
        return answer;
    }

    /** MongoDB 7.0: the lowest wire version that every driver in use accepts is well below it. */
    private static final class Mongo7 implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(7, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    }
}
