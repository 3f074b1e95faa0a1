# SPDX-License-Identifier: MIT
"""A TLS server that answers ALPN with whatever it is told, offered or not: no tool does that, so it is made of libssl."""

import ctypes
import ctypes.util
import tempfile
from pathlib import Path

from one_connection import OneConnection

SSL_FILETYPE_PEM, SSL_TLSEXT_ERR_OK = 1, 0
CHOOSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_ubyte),
                          ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p)


def load_libssl():
    lib = ctypes.CDLL(ctypes.util.find_library("ssl"))
    for name in ("TLS_server_method", "SSL_CTX_new", "SSL_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    for name in ("SSL_CTX_new", "SSL_new", "SSL_free", "SSL_CTX_free", "SSL_accept"):
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    for name in ("SSL_CTX_use_certificate_chain_file",):
        getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.SSL_CTX_use_PrivateKey_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    lib.SSL_CTX_set_alpn_select_cb.argtypes = [ctypes.c_void_p, CHOOSE, ctypes.c_void_p]
    lib.SSL_set_fd.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.SSL_read.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    return lib


class AlpnServer(OneConnection):
    """`offered`: what the client asked for, as the extension has it. `received`: what it sent after its handshake."""

    def __init__(self, issued, protocol):
        super().__init__()
        self.lib, self.protocol = load_libssl(), protocol
        self.offered, self.received = b"", b""
        self.chooser = CHOOSE(self._choose)
        self.context = self.lib.SSL_CTX_new(self.lib.TLS_server_method())
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = (path.encode() for path in issued.write(Path(folder) / "server"))
            assert self.lib.SSL_CTX_use_certificate_chain_file(self.context, certificate) == 1
            assert self.lib.SSL_CTX_use_PrivateKey_file(self.context, key, SSL_FILETYPE_PEM) == 1
        self.lib.SSL_CTX_set_alpn_select_cb(self.context, self.chooser, None)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.lib.SSL_CTX_free(self.context)

    def _choose(self, _ssl, ret_name, ret_size, offered, size, _argument):
        self.offered = ctypes.string_at(offered, size)
        ret_name[0], ret_size[0] = self.protocol, len(self.protocol)
        return SSL_TLSEXT_ERR_OK

    def _talk(self, connection):
        connection.settimeout(None)  # libssl takes the descriptor, and does not know Python's time-outs
        ssl = self.lib.SSL_new(self.context)
        self.lib.SSL_set_fd(ssl, connection.fileno())
        if self.lib.SSL_accept(ssl) == 1:
            buffer = ctypes.create_string_buffer(4096)
            while (got := self.lib.SSL_read(ssl, buffer, len(buffer))) > 0:
                self.received += buffer.raw[:got]
        self.lib.SSL_free(ssl)
