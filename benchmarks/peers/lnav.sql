;SELECT sc_status, sc_substatus, json_extract(x_fields, '$.sc-win32-status') AS win32, substr(log_time, 1, 13) AS hour, count(*) AS hits FROM w3c_log GROUP BY 1, 2, 3, 4
:write-csv-to -
