// Discrete-event simulation of one replay. Internal to replay.cpp.
#pragma once

#include <deque>
#include <queue>

#include "graphs/replay/replay.h"

namespace imagemill {

class Simulation {
 public:
  // `records` receives the executions; may be null.
  Simulation(const Replay& replay, const ReplayOptions& options, std::vector<Visit>* records);

  Replayed run(std::span<const std::uint32_t> order);

 private:
  // An item in flight. An item that the order has twice has two instances.
  struct Instance {
    std::uint32_t item = 0;
    std::uint64_t place = 0;  // in the order
    std::uint64_t lease_bytes = 0;
    std::uint32_t missing_visits = 0;
    std::vector<std::uint16_t> awaited;  // by visit: packets that have not arrived
    std::vector<double> ready;           // by visit: arrival of the last packet
  };
  struct Task {
    std::uint32_t instance = 0;
    std::uint32_t visit = 0;  // index in the recording
  };
  struct Worker {
    enum class State : std::uint8_t { idle, waking, busy } state = State::idle;
    Task task;
    double start = 0;
    double left = 0;  // rest of the execution, in seconds beside no other work
    std::deque<Task> aside;
    std::vector<bool> set_up;  // by node
  };
  struct Stage {
    bool on_workers = false;
    std::size_t limit = 0;   // executions at once; 0: any number
    std::size_t in_use = 0;  // slots of the limit in use
    std::deque<Task> waiting;
    std::vector<int> free_slots;  // free threads of the stage's own
    std::vector<bool> set_up;     // by slot of those threads
    double contention = 0;
    double cpu_share = 1;
  };
  // A thread of the source.
  struct Reader {
    std::uint64_t place = 0;  // place of the entry in hand
    double probed = 0;        // when the probe ended
    double asked = -1;        // when it asked for the lease; -1: not yet
    Shortage shortage = Shortage::none;
  };
  struct Event {
    enum class Kind : std::uint8_t { begin, io_end, probed, loaded } kind = Kind::begin;
    double at = 0;
    std::uint64_t order = 0;  // tie-break of events at one time
    int index = 0;            // the worker, reader or slot
    Task task;
    double start = 0;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  const Recording::Visit& visit_of(const Task& task) const {
    return replay_.recording_->visits[task.visit];
  }
  void at(double when, Event event);

  void take_entry(int reader);
  void probed(int reader);
  void pass_turns();
  bool grant(int reader);
  std::uint32_t admit(std::uint64_t place, std::uint64_t lease_bytes);

  void deliver(const Task& task, std::size_t worker);
  void arrive(const Task& task, std::size_t worker);
  void queue(const Task& task, std::size_t worker);
  void visit_ended(const Task& task);

  void begin_io(Stage& stage, const Task& task);
  void io_ended(const Event& event);

  void assign(std::size_t worker, const Task& task, double delay);
  void finish(std::size_t worker);
  std::optional<Task> next_task(std::size_t worker);
  void feed_idle();
  double rate(const Worker& worker) const;
  void record(const Task& task, int slot, double start, double cpu_share);

  const Replay& replay_;
  const ReplayOptions& options_;
  std::vector<Visit>* const records_;
  const std::uint64_t max_in_flight_;

  double now_ = 0;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t event_order_ = 0;
  std::vector<Stage> stages_;
  std::vector<Worker> workers_;
  std::vector<std::size_t> busy_;  // workers
  std::size_t idle_ = 0;           // number of idle workers
  double cpu_demand_ = 0;          // sum of the busy workers' CPU shares
  std::deque<Task> from_outside_;  // put by other threads
  std::size_t aside_ = 0;          // tasks put aside by all workers

  std::span<const std::uint32_t> order_;
  std::vector<Reader> readers_;
  std::vector<int> waiting_turn_;  // by place: its reader; -1: not yet probed
  std::uint64_t next_entry_ = 0;
  std::uint64_t turn_ = 0;
  std::vector<Instance> instances_;
  std::vector<std::uint32_t> free_instances_;
  std::uint64_t leases_ = 0;
  std::uint64_t leased_bytes_ = 0;
  std::uint64_t peak_bytes_ = 0;
};

}  // namespace imagemill
