"""What pods cost, and how much of the namespace is left. Pure.

quota          what a pod is charged and what a ResourceQuota allows, counted as the API server counts it
claims         what the ResourceClaims of a pod are charged
admitted       the pod that the server will make of the one that is asked for, as that is what is charged
policy         the sweep's own limits, and what stays free for others
fits           whether such a pod could be created at all
lag            what `status.used` does not show yet of our creates and our pods' ends: the arithmetic
pending        the same: keeps our charges and releases, and each quota's rises and falls
free_capacity  how many more pods may be created now
reserve        who may take from what stays free for others, and who gives a pod back
holdings       who holds what in the namespace
share          whether others had a reason to delete one of our pods
"""
