// SPDX-License-Identifier: MIT
/// Where a first pipeline goes, and the secret with it. Looks at the disk when it is made; one thread.
#pragma once

#include <sys/types.h>

#include <string>

namespace culvert {

struct InitPlace {
  /// `asked` is as the user named it; empty for the usual one.
  explicit InitPlace(const std::string& asked);

  std::string file;    ///< as it was given
  std::string folder;  ///< absolute
  std::string name;    ///< of the pipeline, in the folder
  std::string secret;  ///< of the password's file, from the folder on
  std::string state;   ///< the state folder; empty: the usual one, which is no other user's
  bool is_usual;       ///< it is the one that is taken when none is named
  /// The unit of systemd takes it from here as another user, and hands over what is in the folder `credentials`.
  bool is_service;
  /// Nothing is in it but comments, as the package has put it there.
  bool is_idle;

  mode_t mode() const noexcept { return is_service ? 0644 : 0640; }
  /// Why a file that the pipeline names can't be read by the service; empty when it can, as far as its own mode and its
  /// place go.
  std::string hidden(const std::string& path) const;
};

/// The credential's name in a pipeline: systemd.exec(5) puts the name of the unit's LoadCredential= before that of the
/// file in its folder.
inline constexpr const char* service_credentials = "culvert_";
inline constexpr const char* service_credential = "culvert_mqtt";

}  // namespace culvert
