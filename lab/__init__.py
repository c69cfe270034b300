"""The lab: the paper's simulated network on the real kernel, for people and for tests.

Machines are network namespaces, cables are veth pairs, switches are bridges; they are described in `topology`.
`commands` is the command line. In a test:

    from lab.lab import Lab
    from lab.measures import pairs

    with Lab.up("mytest", isps=2, bare=True, quiet=True) as lab:   # 0.15 s; everything is removed at the end
        lab.run("balancer", ["ip", "addr", "add", "192.168.1.1/24", "dev", "eth1"])   # CompletedProcess[str]

`bare` builds only the network: the balancer's interfaces are up and have no addresses. Without it the router is started
in the balancer, configured as in the paper, or unconfigured with `blank`. `quiet` leaves out the traffic of `host`. A
lab belongs to the process that built it (unless it `stays`): if that process is killed, the next `up` of that name
removes the remains. Labs with different names do not affect each other.

Faults take a cable's name. They return CLOCK_MONOTONIC in ns just before the fault, for comparison with measured times:

    lab.cut(cable)  lab.plug(cable)  lab.silence(cable)  lab.degrade(cable, Degradation(loss_percent=5))
    lab.restore(cable)  lab.cables()

`Lab.up(…, export=text)` builds the network of an exported configuration instead of the paper's (`rehearsal`); its
clients are `lab.clients`. `Player(lab, scenario.read(file), print).play()` plays a scenario. Through the socket of
`control` the Simulation page operates a lab.

Measurements run in processes of their own inside a machine. A running one is a `Measurement[T]`: `latest` is the newest
progress, `wait_for(condition, what)` waits for a condition on it, `stop()` ends it and returns T, `result()` waits for
its end. As a context manager it never outlives the test.

    lab.connections(pairs(1000))        [Connection]: client, place, source, isp, error; 1,000 in half a second
    lab.udp_call(pairs(8))              Measurement[[Flow]]: when each datagram was sent and answered, and by which ISP;
                                        longest_gap_ns, first_answer_ns, lost
    lab.tcp_talkers(pairs(2))           Measurement[[Stream]]: how each connection ended, when, and what it received
    lab.tcp_waiters(pairs(2))           the same for clients that only wait for a download
    lab.capture("balancer", "eth1", wanted)         Capture: `.packets`, `.stop()`; kernel times
    lab.serve("host", 8080)             an echo for calls from outside; replies from the address it was called on
    lab.forward_port(1, "tcp", 8080, 8080)          ISP 1: its outside port → the balancer's address on their cable
    lab.dial_in(1, "tcp", 8080)         Measurement[Dialled]: what came back, and from which address
    lab.gateways()  lab.start_worker()  lab.end_worker(kill=True)       its router

The Internet host sees by the source address which ISP carried a packet: each ISP rewrites it to its own outside address
(`topology.isp_of`). This package imports nothing of `app` (except `page`), so that it can judge it.
"""
