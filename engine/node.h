// The node interface: what a node type may declare, and the type-erased form that the engine runs.
//
// A node type is a plain struct. Its members with default initialisers are its parameters, and it
// has
//
//   static void describe(NodeSchema<T>&);             its summary, parameters, resource
//   Result<Out> process(In) const;                    its work; Out and In are payload types
//
// process may take, after its input and in this order, `Scratch&` and `const Call&`, either or
// both. With const it may run in parallel; without, the engine never runs it twice at once. A
// result of type Written makes the node a sink. The input comes by value: it is the node's own
// handle, and content that nobody else holds may be changed in place. It returns what went wrong as
// an error; it throws nothing it can help, times nothing, logs nothing and starts no thread.
//
// A node type may also have
//
//   Result<void> open(const Environment&);            once, before the run
//   Result<Plan> plan(const Facts& in, const Demand&) const;         facts and memory of its
//   output, or why the
//                                                     item can't be processed; default: as the
//                                                     input
//   Demand demand(const Facts& in, const Demand& on_output) const;   default: all of the input
//   std::string claim(const ItemInfo&, const Facts& in) const;       the output path; sinks only
//   struct Scratch { … };                             what is dear to make: one for each execution
//   slot, made by Result<Scratch> make_scratch() const;             … or default-constructed
//
// A source has, in place of process,
//
//   Result<Listing> list() const;                     what there is, in order; called once
//   Result<std::optional<Candidate<Out>>> probe(const std::string& key) const;   looks at one:
//   nothing if it is no
//                                                     item of this graph; parallel-safe
//   and Candidate::load reads it, after admission.
#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/environment.h"
#include "engine/facts.h"
#include "engine/item.h"
#include "engine/packet.h"
#include "engine/result.h"
#include "engine/schema.h"

namespace imagemill {

// What process may know of the item beside its input. Valid during the call.
struct Call {
  const ItemInfo& item;
  const NodePlan& plan;
  std::uint64_t lease_bytes;  // all that the item may hold at once
};

// What a source found: its facts, and how to read the rest once the item is admitted.
template <class Out>
struct Candidate {
  Facts facts;
  std::function<Result<Out>()> load;
};

// A value that flows on edges: a cheap handle with a name for its type and a size in memory.
template <class T>
concept PayloadType = std::copyable<T> && requires(const T& value) {
  { T::kTypeName } -> std::convertible_to<std::string_view>;
  { value.byte_size() } -> std::convertible_to<std::uint64_t>;
};

// One node of a graph, type-erased. open() is called first and from one thread; process() and
// probe() from as many as the type allows; the const rest from any.
class Node {
 public:
  struct Scratch {
    virtual ~Scratch() = default;
  };

  virtual ~Node() = default;

  // For ParamSpec::set.
  virtual void* parameters() = 0;
  virtual std::optional<std::string> broken_requirement() const = 0;

  virtual Result<void> open(const Environment& environment) = 0;
  virtual Result<Plan> plan(const Facts& in, const Demand& demand) const = 0;
  virtual Demand demand(const Facts& in, const Demand& on_output) const = 0;
  virtual std::string claim(const ItemInfo& item, const Facts& in) const = 0;
  // Null for a node without scratch.
  virtual Result<std::unique_ptr<Scratch>> make_scratch() const = 0;
  // Of a sink, the payload is the Written.
  virtual Result<Payload> process(Payload in, Scratch* scratch, const Call& call) = 0;
  virtual std::uint64_t payload_bytes(const Payload& out) const = 0;

  // Sources only.
  virtual Result<Listing> list() const = 0;
  virtual Result<std::optional<Candidate<Payload>>> probe(const std::string& key) const = 0;
};

enum class Role { source, transform, sink };
enum class Parallelism { serial, unlimited };

// A registered node type.
struct NodeType {
  std::string name;
  Role role;
  Parallelism parallelism;
  std::string_view input;   // name of the payload type; empty for a source
  std::string_view output;  // empty for a sink
  SchemaInfo schema;
  std::function<std::unique_ptr<Node>()> make;
};

}  // namespace imagemill
