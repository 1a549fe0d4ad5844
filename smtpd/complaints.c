/*
 * complaints: brings what programs write to their standard error into the log. In the keeper.
 */
#include "complaints.h"

#include <string.h>

#include "log.h"

#define LINES 8 /* that are logged of one run: the error of a script is often its last line */

void complaints_log(const char *what, const char *command, char *text)
{
	char *rest = text, *line;
	for (int n = 0; n < LINES && (line = strtok_r(rest, "\r\n", &rest)) != NULL; n++)
		log_event(LOG_WARNING, "%s complains: command=%s text=%s", what, log_quote(command),
			log_quote(line));
}
