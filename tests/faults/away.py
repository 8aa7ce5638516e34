"""This room is for a database that can be away: a door before the server's socket that can be shut.

Shut, every connection through it is cut and no new one is let in, as when the server has stopped; opened, it
is as if the server had started again. The server itself goes on, for other tests need it.
"""

import os
import selectors
import socket
import threading


class Door:
    def __init__(self, directory, behind):
        self.path = os.path.join(directory, ".s.PGSQL.5432")
        self.behind = behind
        self.pairs, self.listener, self.lock = [], None, threading.Lock()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(50)
        threading.Thread(target=self._let_in, args=(self.listener,), daemon=True).start()

    def shut(self):
        with self.lock:
            listener, self.listener = self.listener, None
            pairs, self.pairs = self.pairs, []
        if listener:
            listener.close()
            os.unlink(self.path)
        for one in pairs:
            for end in one:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _let_in(self, listener):
        while True:
            try:
                here, _address = listener.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            with self.lock:
                if self.listener is not listener:
                    here.close()
                    continue
                there.connect(self.behind)
                self.pairs.append((here, there))
            threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    @staticmethod
    def _carry(here, there):
        with selectors.DefaultSelector() as either, here, there:
            either.register(here, selectors.EVENT_READ, there)
            either.register(there, selectors.EVENT_READ, here)
            while True:
                for key, _events in either.select():
                    try:
                        piece = key.fileobj.recv(1 << 16)
                        if not piece:
                            return
                        key.data.sendall(piece)
                    except OSError:
                        return
