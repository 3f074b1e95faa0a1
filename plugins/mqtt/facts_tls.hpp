// SPDX-License-Identifier: MIT
/// The options for TLS, as facts.hpp takes them in. A text in lines: a raw literal can't be the body of a macro.
#pragma once

// clang-format off
#define CULVERT_MQTT_TLS \
  "[option.\"tls.ca\"]\n" \
  "type = \"file\"\n" \
  "renewed = true\n" \
  "when = \"url~^mqtts:\"\n" \
  "content = \"certificates\"\n" \
  "help = \"who may vouch for the broker, in PEM; without it the system's trust store\"\n" \
  "example = \"ca.crt\"\n" \
  "\n" \
  "[option.\"tls.cert\"]\n" \
  "type = \"file\"\n" \
  "renewed = true\n" \
  "when = \"url~^mqtts:\"\n" \
  "content = \"certificates\"\n" \
  "needs_option = \"tls.key\"\n" \
  "help = \"the certificate of this client, in PEM, with its chain\"\n" \
  "example = \"client.crt\"\n" \
  "\n" \
  "[option.\"tls.key\"]\n" \
  "type = \"file\"\n" \
  "renewed = true\n" \
  "when = \"url~^mqtts:\"\n" \
  "content = \"private-key\"\n" \
  "matches = \"tls.cert\"\n" \
  "password = \"tls.key_password\"\n" \
  "needs_option = \"tls.cert\"\n" \
  "help = \"the private key of tls.cert, in PEM\"\n" \
  "example = \"client.key\"\n" \
  "\n" \
  "[option.\"tls.key_password\"]\n" \
  "type = \"secret\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "needs_option = \"tls.key\"\n" \
  "help = \"the pass phrase of tls.key\"\n" \
  "example = \"${KEY_PASSWORD}\"\n" \
  "\n" \
  "[option.\"tls.crl\"]\n" \
  "type = \"file\"\n" \
  "renewed = true\n" \
  "when = \"url~^mqtts:\"\n" \
  "content = \"crl\"\n" \
  "help = \"revocation lists, in PEM: one of every authority above the broker, none of them stale, or nobody is accepted\"\n" \
  "example = \"ca.crl\"\n" \
  "\n" \
  "[option.\"tls.pin\"]\n" \
  "type = \"string\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "list = true\n" \
  "pattern = \"sha256/[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}\"\n" \
  "wish = \"'sha256/' and 44 characters of base64, or 64 hexadecimal digits\"\n" \
  "help = \"the SHA-256 of the broker's public key (SubjectPublicKeyInfo); of several one must fit, beside all other checks\"\n" \
  "example = \"sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"\n" \
  "\n" \
  "[option.\"tls.alpn\"]\n" \
  "type = \"string\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "list = true\n" \
  "pattern = \"[!-+.-~-]{1,255}\"\n" \
  "wish = \"1 to 255 visible characters without ','\"\n" \
  "help = \"protocols to ask for (ALPN), in order; the broker must choose one of them\"\n" \
  "example = \"mqtt\"\n" \
  "\n" \
  "[option.\"tls.server_name\"]\n" \
  "type = \"string\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "content = \"host\"\n" \
  "help = \"the name to ask for (SNI) and to find in the certificate, instead of the host in url\"\n" \
  "example = \"broker.example\"\n" \
  "\n" \
  "[option.\"tls.min_version\"]\n" \
  "type = \"choice\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "values = [\"1.2\", \"1.3\"]\n" \
  "default = \"1.2\"\n" \
  "not_above = \"tls.max_version\"\n" \
  "help = \"the oldest TLS version that is taken\"\n" \
  "\n" \
  "[option.\"tls.max_version\"]\n" \
  "type = \"choice\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "values = [\"1.2\", \"1.3\"]\n" \
  "default = \"1.3\"\n" \
  "help = \"the newest TLS version that is offered\"\n" \
  "\n" \
  "[option.\"tls.ciphers\"]\n" \
  "type = \"choice\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "list = true\n" \
  "values = [\"TLS13-CHACHA20-POLY1305-SHA256\", \"TLS_CHACHA20_POLY1305_SHA256\", \"TLS13-AES128-GCM-SHA256\", \"TLS_AES_128_GCM_SHA256\",\n" \
  "  \"TLS13-AES256-GCM-SHA384\", \"TLS_AES_256_GCM_SHA384\", \"TLS13-AES128-CCM-SHA256\", \"TLS_AES_128_CCM_SHA256\",\n" \
  "  \"ECDHE-ECDSA-CHACHA20-POLY1305\", \"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256\",\n" \
  "  \"ECDHE-RSA-CHACHA20-POLY1305\", \"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\",\n" \
  "  \"ECDHE-ECDSA-AES128-GCM-SHA256\", \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\",\n" \
  "  \"ECDHE-RSA-AES128-GCM-SHA256\", \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\",\n" \
  "  \"ECDHE-ECDSA-AES256-GCM-SHA384\", \"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\",\n" \
  "  \"ECDHE-RSA-AES256-GCM-SHA384\", \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\",\n" \
  "  \"DHE-RSA-CHACHA20-POLY1305\", \"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256\",\n" \
  "  \"DHE-RSA-AES128-GCM-SHA256\", \"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\",\n" \
  "  \"DHE-RSA-AES256-GCM-SHA384\", \"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384\"]\n" \
  "help = \"the cipher suites to offer, in order, instead of the strict list\"\n" \
  "example = [\"TLS13-CHACHA20-POLY1305-SHA256\"]\n" \
  "\n" \
  "[option.\"tls.insecure_skip_verify\"]\n" \
  "type = \"bool\"\n" \
  "when = \"url~^mqtts:\"\n" \
  "default = false\n" \
  "help = \"take anybody for the broker: for a bench only, and not together with a password\"\n" \
  "\n"
// clang-format on
