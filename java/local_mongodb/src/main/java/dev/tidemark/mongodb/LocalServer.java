package dev.tidemark.mongodb;

import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/** A running document store; as a program, one that runs until it is told to stop. */
public final class LocalServer implements AutoCloseable {
    private static final int COMPACTION_LIMIT_MS = 3_000;
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private static volatile boolean isStopping;

    private final MVStore store;
    private final MongoServer server;
    private final InetSocketAddress address;

    private LocalServer(MVStore store, MongoServer server, InetSocketAddress address) {
        this.store = store;
        this.server = server;
        this.address = address;
    }

    /**
     * Opens the data file and starts to listen.
     *
     * @param options where
     * @return the server, ready to answer
     * @throws IllegalStateException if the file cannot be opened or the port cannot be bound
     */
    public static LocalServer start(ServerOptions options) {
        return start(options, failure -> { });
    }

    /**
     * Opens the data file and starts to listen.
     *
     * @param options where
     * @param onFailedFile told when the data file has failed: from then on every request is refused
     * @return the server, ready to answer
     * @throws IllegalStateException if the file cannot be opened or the port cannot be bound
     */
    static LocalServer start(ServerOptions options, Consumer<RuntimeException> onFailedFile) {
        MVStore store = open(options);
        MongoServer server = new MongoServer(new DurableBackend(store, onFailedFile));
        try {
            server.bind(options.host(), options.port());
            return new LocalServer(store, server, server.getLocalAddress());
        } catch (Exception e) { // A BindException too, which the library throws without declaring it.
            server.shutdownNow();
            throw new IllegalStateException("cannot listen on " + options.host() + ":" + options.port() + ": "
                    + e.getMessage() + "; stop what holds the port or choose another with --port", e);
        }
    }

    private static MVStore open(ServerOptions options) {
        MVStore.Builder builder = new MVStore.Builder();
        try {
            if (options.file().isPresent()) {
                Path file = options.file().get().toAbsolutePath();
                Files.createDirectories(file.getParent());
                builder.fileName(file.toString());
            }
            MVStore store = builder.open();
            store.setVersionsToKeep(0);
            return store;
        } catch (IOException | IllegalArgumentException | MVStoreException e) {
            throw new IllegalStateException("cannot open data file " + options.file().orElseThrow() + ": "
                    + e.getMessage() + "; if another server holds it, stop that one first", e);
        }
    }

    /**
     * Returns how to connect.
     *
     * @return a MongoDB connection string
     */
    public String connectionString() {
        return "mongodb://" + address.getHostString() + ":" + address.getPort();
    }

    /** Stops listening, compacts the data file for up to three seconds, and closes it. */
    @Override
    public void close() {
        server.stopListening();
        if (!store.isClosed() && store.getFileStore() != null) {
            store.commit();
            // Before the server's own shutdown, which closes the store.
            store.compactFile(COMPACTION_LIMIT_MS);
        }
        server.shutdownNow();
    }

    /**
     * Runs a server until the process is asked to end. Prints one line when it is ready.
     *
     * @param arguments see {@code --help}
     * @throws InterruptedException if the main thread is interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        if (Arrays.asList(arguments).contains("--help")) {
            System.out.print(ServerOptions.USAGE);
            return;
        }
        LocalServer running = startOrExit(arguments);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            isStopping = true;
            running.close();
        }, "stop"));
        System.out.println("ready " + running.connectionString());
        new CountDownLatch(1).await();
    }

    /** Ends the process at once: whoever starts it again opens the file as it was last committed. */
    private static void end(RuntimeException failure) {
        if (!isStopping) {
            System.err.println("error: the data file failed: " + failure.getMessage()
                    + "; is the disk full? What was acknowledged is kept");
            Runtime.getRuntime().halt(EXIT_FAILED);
        }
    }

    private static LocalServer startOrExit(String[] arguments) {
        try {
            return start(ServerOptions.parse(arguments), LocalServer::end);
        } catch (IllegalArgumentException e) {
            System.err.print("error: " + e.getMessage() + "\n" + ServerOptions.USAGE);
            System.exit(EXIT_USAGE);
        } catch (IllegalStateException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(EXIT_FAILED);
        }
        throw new AssertionError("unreachable");
    }
}
