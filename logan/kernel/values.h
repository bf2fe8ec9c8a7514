/* What a date, a time and a number look like: as logan/values.py reads them. */

#ifndef LOGAN_VALUES_H
#define LOGAN_VALUES_H

#include "bytes.h"

#define MICROSECONDS INT64_C(1000000)
#define DAY (86400 * MICROSECONDS)

static inline int digits(const uint8_t *bytes, int count) {
    int value = 0;
    for (int place = 0; place < count; place++) {
        unsigned digit = bytes[place] - '0';
        if (digit > 9)
            return -1;
        value = 10 * value + (int)digit;
    }
    return value;
}

/* Days since 1970 of YYYY-MM-DD, or -1. A clock without a battery begins in 1980; 9026 is a torn year. */
static int64_t day_of(const uint8_t *bytes, size_t length) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (length != 10 || bytes[4] != '-' || bytes[7] != '-')
        return -1;
    int year = digits(bytes, 4), month = digits(bytes + 5, 2), day = digits(bytes + 8, 2);
    if (year < 1980 || year > 2199 || month < 1 || month > 12 || day < 1)
        return -1;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (leap && month == 2))
        return -1;
    int64_t days = (year - 1970) * INT64_C(365) + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
    for (int past = 1; past < month; past++)
        days += month_days[past - 1] + (leap && past == 2);
    return days + day - 1;
}

/* Microseconds since midnight of H:MM, HH:MM:SS or HH:MM:SS.fff, or -1. */
static inline int64_t clock_of(const uint8_t *bytes, size_t length) {
    if (length > 1 && bytes[1] == ':') {
        uint8_t padded[32] = "0";
        if (length >= sizeof padded)
            return -1;
        memcpy(padded + 1, bytes, length);
        return length < 4 ? -1 : clock_of(padded, length + 1);
    }
    if (length < 5 || bytes[2] != ':')
        return -1;
    int hours = digits(bytes, 2), minutes = digits(bytes + 3, 2), seconds = 0;
    int64_t fraction = 0;
    if (length > 5) {
        if (length < 8 || bytes[5] != ':')
            return -1;
        seconds = digits(bytes + 6, 2);
    }
    if (length > 8) {
        if (length == 9 || (bytes[8] != '.' && bytes[8] != ','))
            return -1;
        int64_t unit = MICROSECONDS / 10;
        for (size_t place = 9; place < length; place++, unit /= 10) {
            unsigned digit = bytes[place] - '0';
            if (digit > 9)
                return -1;
            fraction += unit * digit;
        }
    }
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
        return -1;
    return (hours * 3600 + minutes * 60 + seconds) * MICROSECONDS + fraction;
}

/* Whether a value is a number of its width, which is put into `number`. */
static inline bool number_of(const uint8_t *bytes, size_t length, bool narrow, int64_t *number) {
    bool negative = bytes[0] == '-';
    size_t place = negative;
    if (length == place || length - place > 19)
        return false;
    uint64_t value = 0; /* 19 digits do not overflow it */
    for (; place < length; place++) {
        unsigned digit = bytes[place] - '0';
        if (digit > 9)
            return false;
        value = 10 * value + digit;
    }
    if (value > (narrow ? (uint64_t)INT32_MAX : (uint64_t)INT64_MAX) || (negative && narrow && value))
        return false;
    *number = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

#endif
