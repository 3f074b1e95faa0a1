// SPDX-License-Identifier: MIT
/// Which key the broker must have, whoever vouches for it: the SHA-256 of its SubjectPublicKeyInfo, as RFC 7469 section
/// 2.4 has it. Any thread.
#pragma once

#include "tls_certificate.hpp"

#include <span>
#include <string>

namespace culvert::mqtt {

/// "sha256/" and base64, or 64 hexadecimal digits, as the first of the two. Throws TlsError that names the option.
std::string read_pin(const std::string& text);
/// "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E="
std::string pin_of(const Certificate& certificate);
/// Throws TlsError when the certificate's key is none of `pins`, which `read_pin` made. None: every key is right.
void require_pin(const Certificate& certificate, std::span<const std::string> pins);

}  // namespace culvert::mqtt
