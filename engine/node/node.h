// The node interface: what a node type may declare, and the type-erased form that the engine runs.
//
// A node type is a plain struct. Its members with default initialisers are its parameters. It has
//
//   static void describe(NodeSchema<T>&);        its summary, parameters, resource
//   Result<Out> process(In…) const;              its work; Out and In are payload types
//
// With several inputs, static constexpr std::array kInputs names the ports. After its inputs,
// process may take `Scratch&`, `const Call&`, or both in this order. A const process may run in
// parallel; the engine never runs any other twice at once. A result of type Written makes the node
// a sink. A result of type std::vector<Out> makes it one-to-many: it must return the parts that its
// plan lists, in that order. An input comes by value and is the node's own handle. The node may
// change the content in place if no other handle shares it. A node returns failures as errors. It
// throws nothing that it can avoid, measures no time, logs nothing and starts no thread.
//
// A node type may also have
//
//   Result<void> open(const Environment&);       runs before each run, before the source is listed;
//                                                long work asks Environment::stop
//   Result<void> close();                        runs once after the last item, if open() has
//                                                succeeded, however the run ends; an error ends the
//                                                run as incomplete. Not called if a thread is stuck
//   Result<Plan> plan(const Facts& in, const Demand&) const;     facts and memory of the output, or
//                                                why the item cannot be processed; default: output
//                                                as input. Several inputs: std::span<const Facts>
//   Demand demand(const Facts& in, const Demand& on_output) const;     default: all of the input.
//                                                Several inputs: (std::size_t port,
//                                                std::span<const Facts> in, const Demand&)
//   std::string claim(const ItemInfo&, const Facts& in, const PartOf*) const;
//                                                sinks only: the output path; a null PartOf stands
//                                                for the whole item
//   std::vector<std::string> fields() const;     item fields that the parameters use, as
//                                                ItemTemplate::fields()
//   std::vector<std::string> extensions() const; extensions that the output can have
//                                                (Facts::extension); default: empty, the input's
//   Result<void> check_name(const std::vector<std::string>& extensions) const;     sinks only: an
//                                                error (with Error::param) if no file with one of
//                                                these extensions may have the name that the sink
//                                                gives; default: any name will do
//   struct Scratch { … };                        what is expensive to make. Default-constructed:
//                                                one for each slot, shared by all nodes of the
//                                                type. Made by Result<Scratch> make_scratch()
//                                                const: one for each slot and node
//
// In place of process,
//
//   a source has  Result<std::unique_ptr<Cursor>> list() const;     its entries; each call lists
//                                                anew
//                 Result<std::optional<Candidate<Out>>> probe(const std::string& key) const;
//                                                looks at one entry; nullopt if it is no item of
//                                                this graph. Must be thread-safe. Candidate::load
//                                                reads the entry after admission
//                 std::uint64_t probe_bytes() const;     upper bound of what one probe holds until
//                                                its item is admitted; default: 0
//                 bool ordered() const;          true if the order is always the same; default:
//                                                false
//                 std::vector<std::string> texts() const;    names that ItemInfo::texts may have
//                 std::vector<std::string> dates() const;    those names whose texts are dates, as
//                                                in "2008-07-01 17:27:03"
//   a constant    Result<Constant<Out>> load(const Environment&) const;      once a run; asks
//                                                Environment::stop every few rows, and holds at
//                                                most Environment::memory_bytes
//   a choice      std::optional<std::size_t> choose(const ItemInfo&) const;  index of the output
//                                                that the item takes, whatever its type; nullopt
//                                                skips the item
//                 std::vector<std::string> outputs() const;  names of the outputs; {""} for one
//                                                without a name
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

// What process() may know of the item beside its inputs. Valid during the call.
struct Call {
  const ItemInfo& item;
  const NodePlan& plan;
  std::size_t number;         // index of this packet among the item's
  const PartOf* part;         // null unless behind a one-to-many node
  std::uint64_t lease_bytes;  // upper bound of what the item may hold at once
  // Splits work over idle workers. The split must not change a byte of the output.
  const Parallel& parallel = Parallel::none();
  // Cancellation, for work that may take long.
  const Cancellation& cancellation = Cancellation::endless();
  // Takes what the output lacks although the work succeeds.
  const Losses& losses = Losses::ignored();

  // Sinks only: the path to write.
  const std::string& claim() const { return plan.claims[number]; }
};

// What a source found: an entry's facts, and how to read the rest once the item is admitted.
template <class Out>
struct Candidate {
  Facts facts;
  std::function<Result<Out>()> load;
  std::vector<ItemText> texts = {};
  FileStamp stamp = {};  // size and time of the input file
};

// A value that is the same for every item.
template <class Out>
struct Constant {
  Facts facts;
  Out value;
  Fingerprint content = {};  // of the file that it was read from; 0 without a file
  // What `value` lacks of that file. Every item that uses the constant gets these losses.
  std::vector<Loss> losses = {};
};

// Makes what a run keeps beside its items, from its start to its end.
using JoinRun = std::shared_ptr<void> (*)(std::uint64_t memory_bytes);

// A value that flows on edges: a cheap handle with a type name and a size in memory. May have a
// static constexpr JoinRun kJoinRun. Values from a pool's blocks use it: the pool then knows the
// budget of each run.
template <class T>
concept PayloadType = std::copyable<T> && requires(const T& value) {
  { T::kTypeName } -> std::convertible_to<std::string_view>;
  { value.byte_size() } -> std::convertible_to<std::uint64_t>;
};

// One node of a graph, type-erased. open() runs first and close() last, each on one thread.
// process() and probe() run on as many threads as the type allows. The other const methods are
// thread-safe.
class Node {
 public:
  struct Scratch {
    virtual ~Scratch() = default;
  };

  virtual ~Node() = default;

  // The node struct, as ParamSpec::set takes it.
  virtual void* parameters() = 0;
  // Message of the first NodeSchema::require() that the parameters break; nullopt if all hold.
  virtual std::optional<std::string> broken_requirement() const = 0;
  virtual std::vector<std::string> outputs() const = 0;
  virtual std::vector<std::string> fields() const = 0;
  // Extensions that the output can have. Empty: the same as the input.
  virtual std::vector<std::string> extensions() const = 0;
  virtual Result<void> check_name(const std::vector<std::string>& extensions) const = 0;

  virtual Result<void> open(const Environment& environment) = 0;
  // Ends what open() began, and frees the value of a constant. open() may follow again.
  virtual Result<void> close() = 0;
  // Fingerprint of the files that open() has read; 0 if there are none.
  virtual Fingerprint resources() const = 0;
  // Facts and memory of the output. What process() makes of the demand must show in Plan::out, by
  // which a later run knows its earlier outputs.
  virtual Result<Plan> plan(std::span<const Facts> in, const Demand& demand) const = 0;
  virtual Demand demand(std::size_t port, std::span<const Facts> in,
                        const Demand& on_output) const = 0;
  virtual std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const = 0;
  // null for a node without scratch.
  virtual Result<std::unique_ptr<Scratch>> make_scratch() const = 0;
  // Runs the node. `in` has one payload for each port. The result is the Written of a sink,
  // Payloads of a one-to-many node, one payload of any other.
  virtual Result<Payload> process(std::span<Payload> in, Scratch* scratch, const Call& call) = 0;
  virtual std::uint64_t payload_bytes(const Payload& out) const = 0;

  // Sources only.
  virtual Result<std::unique_ptr<Cursor>> list() const = 0;
  virtual Result<std::optional<Candidate<Payload>>> probe(const std::string& key) const = 0;
  virtual std::uint64_t probe_bytes() const = 0;
  // Size and modification time of the file behind `key`, from stat(); nullopt if unknown.
  virtual std::optional<FileStamp> stamp(const std::string& key) const = 0;
  // Fingerprint of the file behind `key`; nullopt if unknown.
  virtual std::optional<Fingerprint> fingerprint(const std::string& key) const = 0;
  // Fingerprint of the file that `loaded` was read from; nullopt if unknown.
  virtual std::optional<Fingerprint> content(const Payload& loaded) const = 0;
  virtual bool ordered() const = 0;
  virtual std::vector<std::string> texts() const = 0;
  virtual std::vector<std::string> dates() const = 0;
  // Constants only. Requires: open() has succeeded.
  virtual const Constant<Payload>& constant() const = 0;
  // Choices only.
  virtual std::optional<std::size_t> choose(const ItemInfo& item) const = 0;
  virtual std::string reason() const = 0;
};

enum class Role { source, constant, transform, choice, sink };
enum class Parallelism { serial, unlimited };
enum class Arity { one, many };  // number of packets that a node makes of one

struct InputPort {
  std::string_view name;  // "in" where there is only one
  std::string_view type;  // name of the payload type; empty for a choice: any
};

// A registered node type.
struct NodeType {
  std::string name;
  Role role = Role::transform;
  Parallelism parallelism = Parallelism::unlimited;
  Arity arity = Arity::one;
  std::vector<InputPort> inputs;  // empty for a source or constant
  std::string_view output;        // empty for a sink or choice; a choice gives what it takes
  JoinRun join_run = nullptr;     // kJoinRun of the output's payload type, or null
  bool shares_scratch = false;    // true if all nodes of the type share the scratch of a slot
  SchemaInfo schema;
  std::function<std::unique_ptr<Node>()> make;
};

}  // namespace imagemill
