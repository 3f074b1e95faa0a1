// SPDX-License-Identifier: MIT
#include "tls_impl.hpp"

namespace culvert::mqtt {

void name_peer(WOLFSSL* ssl, const PeerName& peer, bool verify) {
  if (peer.is_address()) {
    // SNI is for names only (RFC 6066, section 3).
    if (verify && wolfSSL_X509_VERIFY_PARAM_set1_ip_asc(wolfSSL_get0_param(ssl), peer.text.c_str()) != 1) {
      throw TlsError{"cannot set the address to check: '" + peer.text + "'"};
    }
    return;
  }
  const auto length = static_cast<unsigned short>(peer.text.size());
  if (wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, peer.text.data(), length) != WOLFSSL_SUCCESS) {
    throw TlsError{"cannot send the server name '" + peer.text + "'"};
  }
  if (verify && wolfSSL_check_domain_name(ssl, peer.text.c_str()) != WOLFSSL_SUCCESS) {
    throw TlsError{"cannot set the name to check: '" + peer.text + "'"};
  }
}

/// The library takes the names as one text, with commas between them.
void offer_protocols(WOLFSSL* ssl, std::span<const std::string> names) {
  if (names.empty()) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  const int answer =
      wolfSSL_UseALPN(ssl, list.data(), static_cast<unsigned>(list.size()), WOLFSSL_ALPN_FAILED_ON_MISMATCH);
  if (answer != WOLFSSL_SUCCESS) throw TlsError{"tls.alpn: cannot ask for '" + list + "': " + wolfssl_words(answer)};
}

}  // namespace culvert::mqtt
