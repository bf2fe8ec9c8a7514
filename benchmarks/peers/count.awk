# mawk's answer: statuses, hits by hour, URLs and clients on errors, exact percentiles; lines of text on stdout.
# It knows columns by the #Fields line above, so a list that changes does it no harm.
# A line whose number of values is another one than that of the fields is counted as bad.

/^#/ {
    if ($1 == "#Fields:") {
        n = NF - 1
        for (i = 2; i <= NF; i++) {
            sub(/\r$/, "", $i)
            if ($i == "sc-status") st = i - 1
            else if ($i == "sc-substatus") sb = i - 1
            else if ($i == "sc-win32-status") wi = i - 1
            else if ($i == "time-taken") tk = i - 1
            else if ($i == "cs-uri-stem") ur = i - 1
            else if ($i == "c-ip") ip = i - 1
        }
        ends = (st == n || sb == n || wi == n || ur == n || ip == n)
    }
    next
}
NF != n { bad++; next }
{
    if (ends) sub(/\r$/, "", $n)
    # text, not numbers: mawk prints integers above 2**31 as 2.14807e+09
    statuses[$st " " $sb " " $wi]++
    hours[$1 " " substr($2, 1, 2) " " substr($st, 1, 1)]++
    t = $tk + 0
    taken[t]++
    sum += t
    rows++
    if ($st >= 400) { uris[$ur]++; clients[$ip]++ }
}
function top(what, counts,    round, key, best) {
    for (round = 0; round < 10; round++) {
        best = ""
        for (key in counts) if (best == "" || counts[key] > counts[best]) best = key
        if (best == "") return
        print what, best, counts[best]
        delete counts[best]
    }
}
END {
    for (key in statuses) print "status", key, statuses[key]
    for (key in hours) print "hour", key, hours[key]
    top("uri", uris)
    top("client", clients)
    for (t in taken) if (t + 0 > max) max = t + 0
    for (t = 0; t <= max; t++) if (t in taken) {
        seen += taken[t]
        for (q = 50; q < 100; q++) if ((q == 50 || q == 90 || q == 95 || q == 99) && !(q in done) && seen >= rows * q / 100) {
            print "p" q, t
            done[q] = 1
        }
    }
    printf "time_taken_sum %.0f\n", sum
    printf "bad %d\n", bad
}
