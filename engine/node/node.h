// The node interface: what a node type may declare, and the type-erased form that the engine runs.
//
// A node type is a plain struct. Its members with default initialisers are its parameters, and it
// has
//
//   static void describe(NodeSchema<T>&);        its summary, parameters, resource
//   Result<Out> process(In…) const;              its work; Out and In are payload types
//
// Of several inputs, static constexpr std::array kInputs names the ports. process may take, after
// its inputs and in this order, `Scratch&` and `const Call&`, either or both. With const it may run
// in parallel; without, the engine never runs it twice at once. A result of type Written makes the
// node a sink; one of type std::vector<Out> makes it one-to-many, and then it must give what its
// plan has said, part by part. An input comes by value: it is the node's own handle, and content
// that nobody else holds may be changed in place. A node returns what went wrong as an error; it
// throws nothing it can help, times nothing, logs nothing and starts no thread.
//
// A node type may also have
//
//   Result<void> open(const Environment&);       before each run, and before anything is listed;
//                                                what takes long asks Environment::stop
//   Result<Plan> plan(const Facts& in, const Demand&) const;     facts and memory of its output, or
//                                                why the item can't be processed; default: as the
//                                                input. Of several inputs: std::span<const Facts>
//   Demand demand(const Facts& in, const Demand& on_output) const;     default: all of the input.
//                                                Of several inputs: (std::size_t port,
//                                                std::span<const Facts> in, const Demand&)
//   std::string claim(const ItemInfo&, const Facts& in, const PartOf*) const;
//                                                the output path; sinks only; null: the whole item
//   std::vector<std::string> fields() const;     the fields of the item that its parameters use, as
//                                                ItemTemplate::fields()
//   std::vector<std::string> extensions() const; those that it gives its output (Facts::extension);
//                                                default: the input's, or none
//   Result<void> check_name(const std::vector<std::string>& extensions) const;     sinks only: why
//                                                no file whose extension is one of these may have
//                                                the name that it gives (Error::param); default:
//                                                any
//   struct Scratch { … };                        what is dear to make. Default-constructed: one for
//                                                each execution slot, which all nodes of the type
//                                                have in common; made by Result<Scratch>
//                                                make_scratch() const: one for each slot and node
//
// In place of process,
//
//   a source has  Result<std::unique_ptr<Cursor>> list() const;     what there is; each time anew
//                 Result<std::optional<Candidate<Out>>> probe(const std::string& key) const;
//                                                looks at one: nothing if it is no item of this
//                                                graph; parallel-safe. Candidate::load reads it,
//                                                after admission
//                 std::uint64_t probe_bytes() const;     upper bound of what one probe holds until
//                                                its item is admitted; default: 0
//                 bool ordered() const;          whether the order is always the same; default: no
//                 std::vector<std::string> texts() const;    the names that ItemInfo::texts may
//                                                have
//                 std::vector<std::string> dates() const;    those of them whose texts are dates,
//                                                as in "2008-07-01 17:27:03"
//   a constant    Result<Constant<Out>> load(const Environment&) const;      once a run; asks
//                                                Environment::stop every few rows, and holds no
//                                                more than Environment::memory_bytes
//   a choice      std::optional<std::size_t> choose(const ItemInfo&) const;  which of its outputs()
//                                                an item goes to, of whatever type; or none: it is
//                                                skipped
//                 std::vector<std::string> outputs() const;  their names; one without a name: {""}
//                 std::string reason() const;    why an item is skipped, as in "it is too small"
#pragma once

#include <any>
#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/result.h"
#include "engine/files/environment.h"
#include "engine/node/cancellation.h"
#include "engine/node/facts.h"
#include "engine/node/item.h"
#include "engine/node/item_template.h"
#include "engine/node/loss.h"
#include "engine/node/packet.h"
#include "engine/node/parallel.h"
#include "engine/node/schema.h"

namespace imagemill {

// What process may know of the item beside its inputs. Valid during the call.
struct Call {
  const ItemInfo& item;
  const NodePlan& plan;
  std::size_t number;         // which of the item's packets this is
  const PartOf* part;         // behind a one-to-many node; else null
  std::uint64_t lease_bytes;  // all that the item may hold at once
  // For work that can be split without changing a byte.
  const Parallel& parallel = Parallel::none();
  // For work that may take long.
  const Patience& patience = Patience::endless();
  // For what the output lacks although the work succeeds.
  const Losses& losses = Losses::ignored();

  // Sinks: where to write it.
  const std::string& claim() const { return plan.claims[number]; }
};

// What a source found: its facts, and how to read the rest once the item is admitted.
template <class Out>
struct Candidate {
  Facts facts;
  std::function<Result<Out>()> load;
  std::vector<ItemText> texts = {};
  FileStamp stamp = {};  // of the file that it is in
};

// A value that is the same for every item.
template <class Out>
struct Constant {
  Facts facts;
  Out value;
  Fingerprint content = {};  // of the file that it was in, if any
  // What it lacks of that file; every item that it comes to has these losses.
  std::vector<Loss> losses = {};
};

// What is kept beside the items of a run, for as long as the run lasts: made at its beginning.
using JoinRun = std::shared_ptr<void> (*)(std::uint64_t memory_bytes);

// A value that flows on edges: a cheap handle with a name for its type and a size in memory. May
// have a static constexpr JoinRun kJoinRun, as where values are made of a pool's blocks: the pool
// then knows the budgets that it must keep to.
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
  virtual std::vector<std::string> outputs() const = 0;
  virtual std::vector<std::string> fields() const = 0;
  // What the extension of its output can be; empty: what that of its input can be.
  virtual std::vector<std::string> extensions() const = 0;
  virtual Result<void> check_name(const std::vector<std::string>& extensions) const = 0;

  virtual Result<void> open(const Environment& environment) = 0;
  // Of the files that it has read when it was opened.
  virtual Fingerprint resources() const = 0;
  // What process() makes of the demand must show in the plan's `out`: outputs of earlier runs are
  // known by that.
  virtual Result<Plan> plan(std::span<const Facts> in, const Demand& demand) const = 0;
  virtual Demand demand(std::size_t port, std::span<const Facts> in,
                        const Demand& on_output) const = 0;
  virtual std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const = 0;
  // Null for a node without scratch.
  virtual Result<std::unique_ptr<Scratch>> make_scratch() const = 0;
  // `in`: one for each port. Of a sink, the payload is the Written; of a one-to-many node,
  // Payloads.
  virtual Result<Payload> process(std::span<Payload> in, Scratch* scratch, const Call& call) = 0;
  virtual std::uint64_t payload_bytes(const Payload& out) const = 0;

  // Sources only.
  virtual Result<std::unique_ptr<Cursor>> list() const = 0;
  virtual Result<std::optional<Candidate<Payload>>> probe(const std::string& key) const = 0;
  virtual std::uint64_t probe_bytes() const = 0;
  // Of the file of an entry, without opening it; nothing where there is none.
  virtual std::optional<FileStamp> stamp(const std::string& key) const = 0;
  // Of its content, and of that of what was loaded; nothing where it cannot be told.
  virtual std::optional<Fingerprint> fingerprint(const std::string& key) const = 0;
  virtual std::optional<Fingerprint> content(const Payload& loaded) const = 0;
  virtual bool ordered() const = 0;
  virtual std::vector<std::string> texts() const = 0;
  virtual std::vector<std::string> dates() const = 0;
  // Constants only, once they are open.
  virtual const Constant<Payload>& constant() const = 0;
  // Choices only.
  virtual std::optional<std::size_t> choose(const ItemInfo& item) const = 0;
  virtual std::string reason() const = 0;
};

enum class Role { source, constant, transform, choice, sink };
enum class Parallelism { serial, unlimited };
enum class Arity { one, many };  // packets that a node makes of one

struct InputPort {
  std::string_view name;  // "in" where there is only one
  std::string_view type;  // name of the payload type; empty: any (of a choice)
};

// A registered node type.
struct NodeType {
  std::string name;
  Role role = Role::transform;
  Parallelism parallelism = Parallelism::unlimited;
  Arity arity = Arity::one;
  std::vector<InputPort> inputs;  // none of a source or constant
  std::string_view output;        // empty for a sink, and for a choice, which gives what it takes
  JoinRun join_run = nullptr;     // of the payload type that it gives, if that has one
  bool shares_scratch = false;    // its scratch does not depend on a node's parameters
  SchemaInfo schema;
  std::function<std::unique_ptr<Node>()> make;
};

}  // namespace imagemill
