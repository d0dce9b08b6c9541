/* The IKE SA's events as inputs of the attempt's machine, and what they mean for the path. */
#ifndef HF_CONN_ATTEMPT_SA_H
#define HF_CONN_ATTEMPT_SA_H

#include "conn/attempt_machine.h"

/* Takes everything that the SA has to tell. */
void hf_attempt_sa_pump(struct hf_attempt *a, hf_time now);
/* Does what the judgement of the path asks for. */
void hf_attempt_sa_judge(struct hf_attempt *a, enum hf_attempt_path_verdict verdict, hf_time now);
/* Something authentic came from the gateway at `at`. */
void hf_attempt_sa_prove(struct hf_attempt *a, hf_time at, hf_time now);
/* Tells whether packets come back, where that has changed. */
void hf_attempt_sa_tell_traffic(struct hf_attempt *a);
/* Connects once the gateway is verified, IKE_AUTH complete and the plan in force. */
void hf_attempt_sa_connect(struct hf_attempt *a, hf_time now);

#endif
