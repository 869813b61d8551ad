package dev.tidemark.mongodb;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the server listens and where it keeps its data.
 *
 * @param host a loopback name or address: the server knows no users, so nobody else may reach it
 * @param port the TCP port, 0 for any free one
 * @param file the data file, empty to keep everything in memory
 */
public record ServerOptions(String host, int port, Optional<Path> file) {
    private static final String IN_MEMORY = ":memory:";
    private static final int HIGHEST_PORT = 65_535;

    static final String USAGE = """
            usage: java -cp 'lib/*' dev.tidemark.mongodb.LocalServer --file PATH [--host HOST] [--port PORT]
              --file PATH   data file, made if missing; ':memory:' keeps nothing
              --host HOST   loopback name or address to listen on (127.0.0.1)
              --port PORT   TCP port, 0 for any free one (27017)
              --help        this text
            """;

    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException if the host is not a loopback one or the port is out of range
     */
    public ServerOptions {
        if (!isLoopback(host)) {
            throw new IllegalArgumentException("--host: expected a loopback name or address, found '" + host
                    + "'; the server has no authentication, so it must not be reachable from elsewhere");
        }
        if (port < 0 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException("--port: expected 0.." + HIGHEST_PORT + ", found " + port);
        }
    }

    /**
     * Reads the command line.
     *
     * @param arguments names and values in turn
     * @return the options, with defaults for what is not given
     * @throws IllegalArgumentException if a name is unknown, or a value is missing or cannot be used
     */
    public static ServerOptions parse(String... arguments) {
        String host = "127.0.0.1";
        int port = 27_017;
        String file = null;
        for (int i = 0; i < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--host" -> host = value(arguments, i);
                case "--port" -> port = number(value(arguments, i));
                case "--file" -> file = value(arguments, i);
                default -> throw new IllegalArgumentException(
                        "expected --host, --port or --file, found '" + arguments[i] + "'");
            }
        }
        if (file == null) {
            throw new IllegalArgumentException("--file: expected a path or '" + IN_MEMORY + "', found nothing");
        }
        return new ServerOptions(host, port, file.equals(IN_MEMORY) ? Optional.empty() : Optional.of(Path.of(file)));
    }

    private static String value(String[] arguments, int nameIndex) {
        if (nameIndex + 1 == arguments.length) {
            throw new IllegalArgumentException(arguments[nameIndex] + ": expected a value, found nothing");
        }
        return arguments[nameIndex + 1];
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--port: expected a number, found '" + text + "'", e);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
