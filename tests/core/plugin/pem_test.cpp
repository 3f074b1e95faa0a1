// SPDX-License-Identifier: MIT
#include "core/plugin/option_file.hpp"

#include <doctest/doctest.h>

using culvert::plugin::pem_problem;

namespace {

std::string block(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}

// A DER SEQUENCE of three bytes, then one whose length is written in the long form.
const std::string certificate = block("CERTIFICATE", "MAMCAQE=");
const std::string long_form = block("CERTIFICATE", "MIEDAgEB");
const std::string key = block("PRIVATE KEY", "MAMCAQE=");

}  // namespace

TEST_CASE("PEM: certificates are found among other text") {
  CHECK(pem_problem(certificate, "certificates").empty());
  CHECK(pem_problem("subject: CN=x\r\n" + certificate + "\n# more\n" + long_form, "certificates").empty());
  CHECK(pem_problem(key + certificate, "certificate").empty());
}

TEST_CASE("PEM: any kind of private key is one") {
  for (const char* label : {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"}) {
    CHECK(pem_problem(block(label, "MAMCAQE="), "private-key").empty());
  }
  CHECK(pem_problem("-----BEGIN PRIVATE KEY-----\nMAMC", "private-key") == "has a private key without its END line");
}

TEST_CASE("PEM: a file of the wrong kind is said with what it holds") {
  CHECK(pem_problem(key, "certificates") ==
        "holds no certificate in PEM ('-----BEGIN CERTIFICATE-----'), but a private key");
  CHECK(pem_problem(certificate, "private-key") ==
        "holds no private key in PEM ('-----BEGIN ... PRIVATE KEY-----'), but 'CERTIFICATE'");
  CHECK(pem_problem("0\x82\x01", "certificate") == "holds no certificate in PEM ('-----BEGIN CERTIFICATE-----')");
  CHECK(pem_problem(block("CERTIFICATE REQUEST", "MAMCAQE="), "certificate").ends_with("but 'CERTIFICATE REQUEST'"));
}

TEST_CASE("PEM: revocation lists are a kind of their own") {
  const std::string list = block("X509 CRL", "MAMCAQE=");
  CHECK(pem_problem(certificate + list, "crl").empty());
  CHECK(pem_problem(list, "certificates") ==
        "holds no certificate in PEM ('-----BEGIN CERTIFICATE-----'), but 'X509 CRL'");
  CHECK(pem_problem(certificate, "crl") ==
        "holds no revocation list in PEM ('-----BEGIN X509 CRL-----'), but 'CERTIFICATE'");
  CHECK(pem_problem(list + block("X509 CRL", "AgEB"), "crl") ==
        "has a revocation list that is damaged (number 2 in the file)");
}

TEST_CASE("PEM: a damaged certificate is named by its number") {
  const std::string damaged = "has a certificate that is damaged (number 2 in the file)";
  CHECK(pem_problem(certificate + block("CERTIFICATE", "MAMC!QE="), "certificates") == damaged);
  CHECK(pem_problem(certificate + block("CERTIFICATE", "MAMCAQ=="), "certificates") == damaged);
  CHECK(pem_problem(certificate + block("CERTIFICATE", "AgEB"), "certificates") == damaged);
  CHECK(pem_problem(certificate + block("CERTIFICATE", "MAMCA"), "certificates") == damaged);
  CHECK(pem_problem(certificate + "-----BEGIN CERTIFICATE-----\nMAMCAQE=", "certificates") == damaged);
}
