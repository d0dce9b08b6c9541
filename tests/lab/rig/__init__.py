"""The rig of the lab: namespaces, gateways, certificates and captures for tests against real
peers.

Nothing here is installed on the host or outlives its run: daemons come from private root trees,
live in namespaces whose names carry our process id, and die with us. Start reading at `lab.py`.
"""
