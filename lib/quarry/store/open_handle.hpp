// open_handle.hpp: handles of views made, and opened in another process.
#pragma once
#include "quarry/array/array.hpp"
#include "quarry/array/handle.hpp"
#include "quarry/map/mapping.hpp"

namespace quarry {

/// The handle of `view`: exactly its elements, whatever slices, fields and turns made it. Throws
/// error(unsupported) if they lie in no file that another process can open: in memory (also what
/// was inflated), in a file that is still being made, or under a name that is not known as an
/// absolute one.
array_handle handle_of(const array& view);

/// The view that `handle` speaks of, in any process that may open its file. Reads no element and no
/// header. Throws what mapping::open() does if the path leads to no file; error(changed) if it
/// leads to another file than the handle's; error(out_of_bounds) if an element lies outside of the
/// file, as when it is shorter by now; error(unsupported) for Python objects. Bytes that were
/// changed in place since are not noticed: the view shows them, as any view does.
array open_handle(const array_handle& handle, access mode = access::read_only,
                  io_method how = io_method::automatic);

}  // namespace quarry
