// SPDX-License-Identifier: MIT
/// Names of hosts, their addresses, and the interfaces of this box, as texts. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace culvert::plugin {

bool is_ipv4(const std::string& text);
/// Also with the zone of a link-local address, "fe80::1%eth0", which is for the resolver.
bool is_ipv6(const std::string& text);

/// Empty when it may be the name or the IPv4 address of a host, else what follows "'x' ".
std::string host_problem(std::string_view host);

/// Whether an interface may have this name (Linux, dev_valid_name). What is of digits and dots alone is an address with
/// a slip.
bool is_interface_name(std::string_view text);

}  // namespace culvert::plugin
