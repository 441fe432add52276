// sigmf.hpp: the Signal Metadata Format; byte map and policy in sigmf.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// SigMF recordings, a .sigmf-meta beside a .sigmf-data; read by either half and written.
extern const format sigmf;

}  // namespace quarry::formats
