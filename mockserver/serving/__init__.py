"""HTTP: the application, the server, transports without a socket, and the assembly of their parts."""
